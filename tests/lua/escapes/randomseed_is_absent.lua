return math.randomseed ~= nil
