#!/bin/sh
# Runs test-local where multicast of both families works: a network namespace with two ends of a wire, out of which
# nothing gets. Skipped where no namespace can be made.
#
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
unshare -n true 2>/dev/null || { echo "1..0 # SKIP no network namespace can be made"; exit 0; }
exec unshare -n sh -c '
  ip link set lo up
  ip link add name near type veth peer name far
  ip link set near up
  ip link set far up
  ip -6 addr add fd77::1/64 dev near nodad
  FRESHET_LOCAL6=fd77::1 exec "$1" --tap' namespace "$1"
