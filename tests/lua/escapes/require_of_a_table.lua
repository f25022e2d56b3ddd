return (pcall(require, {}))
