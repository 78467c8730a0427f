# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --cpu max,-la57
# limit: 240
. /matrix.sh
