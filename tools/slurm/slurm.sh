#!/usr/bin/env bash
# A real Slurm for tests: one controller and one node with eight places on the loopback interface, as whoever calls it.
#   slurm.sh up FOLDER       prints the configuration's path, for SLURM_CONF, when the node takes jobs; exits with 3 where it cannot be
#   slurm.sh down FOLDER     ends it, and what still runs in it, and removes the folder
# Debian's packages: slurmctld slurmd slurm-client munge.
set -Eeuo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

say_why() { echo "slurm.sh: $1" >&2; exit 3; }

. "$(dirname "${BASH_SOURCE[0]}")/../free-ports.sh"

up() {
  local folder port user
  for program in slurmctld slurmd sbatch scontrol munged; do
    command -v "$program" > /dev/null || say_why "$program is not installed"
  done
  folder="$(realpath -m "$1")" port="$(free_ports 10000)" user="$(id -un)"
  # The path of a socket has at most 107 bytes.
  [ "${#folder}" -le 80 ] || say_why "$folder is too long a path for a socket"
  mkdir -p "$folder"/{munge,state,spool,log}
  # Munge works in folders only that nobody else can write into.
  chmod 700 "$folder" "$folder/munge"
  cd "$folder"
  trap 'tail -n 5 "$folder"/log/*.log >&2 || true; down "$folder"' ERR
  head -c 128 /dev/urandom > munge/key
  chmod 400 munge/key
  munged --socket="$folder/munge/socket" --key-file="$folder/munge/key" --pid-file="$folder/munge/pid" \
    --log-file="$folder/log/munge.log" --seed-file="$folder/munge/seed" --num-threads=2 --force
  {
    printf '%s\n' 'ClusterName=vision-cache' 'SlurmctldHost=localhost(127.0.0.1)' "SlurmUser=$user" "SlurmdUser=$user" \
      "SlurmctldPort=$port" "SlurmdPort=$((port + 1))"
    # What is queued again waits as long as a credential lives.
    printf '%s\n' 'AuthType=auth/munge' "AuthInfo=socket=$folder/munge/socket,cred_expire=5" 'CredType=cred/munge'
    printf '%s\n' "StateSaveLocation=$folder/state" "SlurmdSpoolDir=$folder/spool" "SlurmctldPidFile=$folder/slurmctld.pid" \
      "SlurmdPidFile=$folder/slurmd.pid" "SlurmctldLogFile=$folder/log/slurmctld.log" "SlurmdLogFile=$folder/log/slurmd.log"
    # No control groups and no accounting, so that it runs where neither is to be had.
    printf '%s\n' 'ProctrackType=proctrack/linuxproc' 'TaskPlugin=task/none' 'JobAcctGatherType=jobacct_gather/none' \
      'MpiDefault=none' 'ReturnToService=2' 'SwitchType=switch/none'
    printf '%s\n' 'SelectType=select/cons_tres' 'SelectTypeParameters=CR_CPU' \
      'KillWait=5' 'SlurmdParameters=config_overrides'
    printf '%s\n' 'NodeName=localhost NodeAddr=127.0.0.1 CPUs=16 RealMemory=65536 State=UNKNOWN' \
      'PartitionName=all Nodes=localhost Default=YES MaxTime=INFINITE State=UP'
  } > slurm.conf
  export SLURM_CONF="$folder/slurm.conf"
  slurmctld -f "$SLURM_CONF"
  slurmd -f "$SLURM_CONF" -N localhost
  for _ in $(seq 120); do
    [ "$(sinfo -h -o %T 2> /dev/null)" = idle ] && { echo "$SLURM_CONF"; return; }
    sleep 0.25
  done
  echo 'the node takes no jobs' >&2
  return 1
}

down() {
  local folder pid
  folder="$(realpath "$1")"
  [ -f "$folder/munge/key" ] || { echo "slurm.sh: $folder is none of mine" >&2; exit 2; }
  SLURM_CONF="$folder/slurm.conf" scancel --user="$(id -un)" 2> /dev/null || true
  for name in slurmd.pid slurmctld.pid munge/pid; do
    pid="$(cat "$folder/$name" 2> /dev/null || true)"
    [ -n "$pid" ] || continue
    kill "$pid" 2> /dev/null || true
    for _ in $(seq 50); do
      kill -0 "$pid" 2> /dev/null || break
      sleep 0.1
    done
  done
  rm -rf "$folder"
}

case "${1:-}" in
  up) up "$2" ;;
  down) down "$2" ;;
  *) sed -n '2,5p' "$0" >&2; exit 2 ;;
esac
