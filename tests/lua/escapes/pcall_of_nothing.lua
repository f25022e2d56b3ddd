return (pcall(pcall))
