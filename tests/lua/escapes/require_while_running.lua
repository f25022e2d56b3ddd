return (pcall(require, 'not_loaded_before'))
