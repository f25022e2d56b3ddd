return (pcall(require, '/etc/passwd')) or (pcall(require, '../secret'))
