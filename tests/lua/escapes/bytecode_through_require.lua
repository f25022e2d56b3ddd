return (pcall(require, '\27Lua'))
