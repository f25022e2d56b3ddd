local function f() return 1 end
goto done
::done::
return f() ~= 1
