local x <close> = {}
return true
