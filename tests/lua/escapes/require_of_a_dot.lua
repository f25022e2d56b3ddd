return (pcall(require, 'a.b')) or (pcall(require, '.'))
