return #(''):rep(math.maxinteger)
