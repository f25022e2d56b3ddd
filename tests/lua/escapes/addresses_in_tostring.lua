return tostring({}):find('0x') ~= nil or tostring(type):find('0x') ~= nil
