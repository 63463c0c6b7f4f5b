# For scripts that start servers: `. free-ports.sh`.

# Two ports that follow each other and that nobody uses, the first of 10,000 from a number on, below those that the system
# gives away. Who starts servers at the same time takes other numbers.
free_ports() {
  local port
  for _ in $(seq 100); do
    port=$(($1 + (RANDOM % 5000) * 2))
    (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null && continue
    (: < "/dev/tcp/127.0.0.1/$((port + 1))") 2> /dev/null || { echo "$port"; return; }
  done
  return 1
}
