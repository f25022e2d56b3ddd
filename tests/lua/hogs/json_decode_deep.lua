while true do pcall(json.decode, ('['):rep(200000)) end
