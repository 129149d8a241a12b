# Removes a container when the owner is gone, however the owner ended.
#
# Standard input is a pipe whose other end the owner holds. Argument: the name of the container.
cat >/dev/null
exec docker rm --force --volumes "$1"
