#!/bin/sh
# Puts a Slurm of two nodes, both this machine, into a fresh Debian root ($1).
set -eu
root=$1
DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -q -y --no-install-recommends \
	slurmctld slurmd slurm-client munge iproute2
# They are started by slimrun-vm-slurm, with names of their own.
chroot "$root" systemctl -q disable slurmctld.service slurmd.service munge.service
install -D -m 644 slurm.conf "$root/etc/slurm/slurm.conf"
install -D -m 644 cgroup.conf "$root/etc/slurm/cgroup.conf"
# 22.05 mounts what CgroupPlugin= says, and does not know SystemdTimeout=.
if chroot "$root" slurmd -V | grep -q ' 22\.'; then
	sed -i '/^SystemdTimeout=/d; /^# /d' "$root/etc/slurm/cgroup.conf"
fi
install -m 755 slimrun-vm-slurm "$root/usr/local/sbin/"
