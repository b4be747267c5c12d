#!/bin/sh
# Turns a fresh Debian root ($1) into a test machine. mmdebstrap runs it as its
# last hook; with a change here, the image is built anew.
set -eu
root=$1

# The release's own stock kernel. Its package is unpacked, not installed: ext4
# and NVMe are built in, so nobody needs the initrd that installing would make. Of
# its modules overlay is wanted; slimrun-vm loads it.
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
kernel=$(apt-cache depends "linux-image-cloud-$(chroot "$root" dpkg --print-architecture)" | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p')
(cd "$root/tmp" && apt-get -q -o APT::Sandbox::User=root download "$kernel")
dpkg-deb --fsys-tarfile "$root"/tmp/linux-image-*.deb | tar -x -C "$root/tmp" --wildcards './boot/vmlinuz*' '*/overlay.ko*'
mv "$root"/tmp/boot/vmlinuz-* "$root/boot/vmlinuz"
find "$root/tmp" -name 'overlay.ko.xz' -exec xz -d {} +
find "$root/tmp" -name 'overlay.ko' -exec mv {} "$root/usr/local/lib/" \;
rm -r "$root"/tmp/*
test -s "$root/usr/local/lib/overlay.ko"

# alice lingers, so her systemd --user is up from boot; bob has nothing.
for user in alice bob; do
	chroot "$root" useradd --create-home --shell /bin/bash "$user"
done
mkdir -p "$root/var/lib/systemd/linger" "$root/slimrun"
touch "$root/var/lib/systemd/linger/alice"
echo 'alice ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/alice"
echo slimrun-vm >"$root/etc/hostname"
echo '127.0.0.1 localhost slimrun-vm' >"$root/etc/hosts"

# Without udev a getty waits 90 seconds for its device, and there are no modules to be
# loaded; the others only cost time.
for unit in getty@.service serial-getty@.service console-getty.service \
	systemd-modules-load.service \
	apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer \
	e2scrub_all.timer e2scrub_reap.service; do
	ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
# What is installed in a machine keeps its pages; and apt there has no mirror, whose lists
# would cost it 20 seconds.
rm -f "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
rm -r "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
install -m 644 slimrun-vm.service "$root/etc/systemd/system/"
install -m 755 slimrun-vm slimrun-init "$root/usr/local/sbin/"
chroot "$root" systemctl enable slimrun-vm.service
