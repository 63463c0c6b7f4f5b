#!/usr/bin/env bash
# A real S3 server for tests: one node of Ceph's RADOS gateway, in memory, on the loopback interface, as whoever calls it.
#   rgw.sh up FOLDER         prints the endpoint when it answers; exits with 3 where the programs are not installed
#   rgw.sh down FOLDER       ends it and removes the folder
# Debian's packages: radosgw ceph-mon ceph-osd. The credentials are vision / vision-secret, and it has no bucket yet.
set -Eeuo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../free-ports.sh"

up() {
  local folder port monitor id
  for program in radosgw radosgw-admin ceph-mon ceph-osd ceph-authtool monmaptool uuidgen; do
    command -v "$program" > /dev/null || { echo "rgw.sh: $program is not installed" >&2; exit 3; }
  done
  folder="$(realpath -m "$1")" port="$(free_ports 20000)" id="$(uuidgen)"
  monitor=$((port + 1))
  mkdir -p "$folder"/{mon,osd,run,log,rgw}
  cd "$folder"
  # What has been started is not left behind, and why it failed is said.
  trap 'tail -n 5 "$folder/log/up.log" >&2 || true; down "$folder"' ERR
  export CEPH_CONF="$folder/ceph.conf"
  {
    echo '[global]'
    # Nobody but this machine reaches it, and nobody has to prove who they are to the store below the gateway.
    printf '%s\n' "fsid = $id" "mon_host = v1:127.0.0.1:$monitor" 'public_addr = 127.0.0.1' 'cluster_addr = 127.0.0.1' \
      auth_{cluster,service,client}_required' = none' "keyring = $folder/keyring" 'setuser =' 'setgroup ='
    # One store, in memory, one copy of everything.
    printf '%s\n' 'osd_objectstore = memstore' 'memstore_device_bytes = 2147483648' 'osd_pool_default_size = 1' \
      'osd_pool_default_min_size = 1' osd_pool_default_pg{,p}'_num = 4' 'mon_allow_pool_size_one = true' \
      'mon_max_pg_per_osd = 1000' 'osd_crush_chooseleaf_type = 0'
    # Without these the OSD asks for a place that it has not got yet, and ends.
    printf '%s\n' 'osd_crush_update_on_start = false' 'osd_class_update_on_start = false'
    printf '%s\n' "mon_data = $folder/mon" "osd_data = $folder/osd" "rgw_data = $folder/rgw" "run_dir = $folder/run" \
      "admin_socket = $folder/run/\$name.\$pid.asok" "pid_file = $folder/run/\$name.pid" \
      "log_file = $folder/log/\$name.log" debug_{mon,osd,rgw}' = 0' "rgw_frontends = beast endpoint=127.0.0.1:$port"
  } > ceph.conf
  {
    ceph-authtool --create-keyring keyring --gen-key -n mon. --cap mon 'allow *'
    ceph-authtool keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
    monmaptool --create --addv a "[v1:127.0.0.1:$monitor]" --fsid "$id" monmap --clobber
    ceph-mon --mkfs -i a --monmap monmap --keyring keyring
    ceph-mon -i a --public-addr "v1:127.0.0.1:$monitor"
    local osd
    osd="$(uuidgen)"
    ceph-osd -i 0 --mkfs --osd-uuid "$osd"
    timeout 60 ceph osd new "$osd"
    ceph-osd -i 0
    timeout 60 ceph osd crush add osd.0 1.0 root=default host=localhost
    radosgw -n client.admin
  } > log/up.log 2>&1
  for _ in $(seq 240); do
    curl -sf -o /dev/null -m 2 "http://127.0.0.1:$port/" && break
    sleep 0.25
  done
  timeout 90 radosgw-admin -n client.admin user create --uid=vision --display-name=vision \
    --access-key=vision --secret-key=vision-secret >> log/up.log 2>&1
  echo "http://127.0.0.1:$port"
}

down() {
  local folder pid
  folder="$(realpath "$1")"
  [ -f "$folder/ceph.conf" ] || { echo "rgw.sh: $folder is none of mine" >&2; exit 2; }
  for name in client.admin osd.0 mon.a; do
    pid="$(cat "$folder/run/$name.pid" 2> /dev/null || true)"
    [ -n "$pid" ] && kill "$pid" 2> /dev/null || true
  done
  # They write until they have ended.
  for _ in $(seq 50); do
    compgen -G "$folder/run/*.pid" > /dev/null || break
    sleep 0.1
  done
  rm -rf "$folder"
}

case "${1:-}" in
  up) up "$2" ;;
  down) down "$2" ;;
  *) sed -n '2,5p' "$0" >&2; exit 2 ;;
esac
