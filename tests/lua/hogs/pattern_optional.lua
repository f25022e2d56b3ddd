return (('a'):rep(30)):find(('a?'):rep(60) .. ('a'):rep(60) .. 'b')
