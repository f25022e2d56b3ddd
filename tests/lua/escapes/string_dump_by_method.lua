return ('').dump ~= nil
