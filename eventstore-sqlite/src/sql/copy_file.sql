-- ?1: the path of the copy.
VACUUM INTO ?1
