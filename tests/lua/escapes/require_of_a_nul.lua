return (pcall(require, 'util\0/../../x'))
