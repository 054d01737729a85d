/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way from a `sim:` port to its chip, for tests and benchmarks. */
#pragma once

#include "ek-port.h"
#include "ek-simulator.h"

G_BEGIN_DECLS

EkSimulator *ek_simulator_port_get_simulator (EkPort *port);

G_END_DECLS
