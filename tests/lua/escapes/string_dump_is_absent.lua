return string.dump ~= nil or (''):len() ~= 0
