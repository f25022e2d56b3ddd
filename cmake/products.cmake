# What is built for users: the program and the two libraries.
