return (('ab'):rep(50000)):find('(.-)%1%1b%1c')
