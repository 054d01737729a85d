/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated chip behind a TCP port or a pseudo terminal, for programs that aren't ours. */
#pragma once

#include "ek-simulator.h"

G_BEGIN_DECLS

/**
 * EkSimulatorServerOptions:
 * @tcp_port: 0: any free one; -1: no TCP
 * @tcp_host: (nullable): address to listen at, 127.0.0.1 by default
 * @pty_link: (nullable): a symbolic link to make to the pseudo terminal
 * @pace: simulated seconds a real second; 0: as fast as the computer can
 * @reset_on_connect: each client finds a chip that was just reset
 * @stats_path: (nullable): where to write what it cost, as JSON, whenever a client leaves
 * @on_listening: (nullable): is told where it can be reached
 */
typedef struct
{
  int tcp_port;
  const char *tcp_host;
  const char *pty_link;
  double pace;
  gboolean reset_on_connect;
  const char *stats_path;
  void (*on_listening) (const char *address, gpointer user_data);
  gpointer user_data;
} EkSimulatorServerOptions;

gboolean ek_simulator_serve (EkSimulator *simulator,
                             const EkSimulatorServerOptions *options,
                             GCancellable *cancellable,
                             GError **error);
char *ek_simulator_stats_to_json (const EkSimulatorStats *stats);

G_END_DECLS
