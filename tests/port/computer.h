/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A made-up computer: sysfs, /dev and /proc in a folder, laid out as the kernel lays out its own. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define COMPUTER_BUS "devices/pci0000:00/0000:00:14.0/usb1"

typedef struct
{
  char *root;
  char *sys;
  char *dev;
  char *proc;
} Computer;

void computer_init (Computer *self);
void computer_clear (Computer *self);
void
computer_put_attribute (Computer *self, const char *directory, const char *name, const char *text);
void computer_put_usb (Computer *self, const char *directory, const char *vid, const char *pid);
void computer_put_bus_device (Computer *self, const char *directory, const char *number);
void computer_put_tty (Computer *self, const char *tty, const char *parent);
void computer_remove_tty (Computer *self, const char *tty);
void computer_put_echokit (Computer *self, const char *tty);
void computer_put_ch340 (Computer *self, const char *tty);
void computer_put_node (Computer *self, const char *tty);
void computer_remove_node (Computer *self, const char *tty);
void computer_put_process (Computer *self,
                           int pid,
                           const char *comm,
                           const char *cmdline,
                           const char *tty);
void computer_remove_process (Computer *self, int pid);
void computer_plug_echokit (Computer *self, const char *tty);
void computer_unplug (Computer *self, const char *tty);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Computer, computer_clear)

G_END_DECLS
