return print ~= nil
