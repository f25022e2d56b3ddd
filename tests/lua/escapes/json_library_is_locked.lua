json.null = 1
return json.null == 1
