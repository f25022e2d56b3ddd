return tostring(json.null):find('0x') ~= nil or string.format('%s', json.null) ~= 'null'
