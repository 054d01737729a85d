/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a computer that isn't there. */
#include "config.h"

#include "computer.h"

#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

void
computer_init (Computer *self)
{
  g_autofree char *ttys = NULL;

  self->root = g_dir_make_tmp ("ek-sysfs-XXXXXX", NULL);
  self->sys = g_build_filename (self->root, "sys", NULL);
  self->dev = g_build_filename (self->root, "dev", NULL);
  self->proc = g_build_filename (self->root, "proc", NULL);
  ttys = g_build_filename (self->sys, "class", "tty", NULL);
  g_assert_cmpint (g_mkdir_with_parents (ttys, 0755), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (self->dev, 0755), ==, 0);
}

static int
remove_entry (const char *path, const struct stat *status, int type, struct FTW *place)
{
  return remove (path);
}

void
computer_clear (Computer *self)
{
  if (self->root != NULL)
    nftw (self->root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
  g_clear_pointer (&self->root, g_free);
  g_clear_pointer (&self->sys, g_free);
  g_clear_pointer (&self->proc, g_free);
  g_clear_pointer (&self->dev, g_free);
}

void
computer_put_attribute (Computer *self, const char *directory, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (self->sys, directory, NULL);
  g_autofree char *file = g_build_filename (path, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
}

void
computer_put_usb (Computer *self, const char *directory, const char *vid, const char *pid)
{
  computer_put_attribute (self, directory, "idVendor", vid);
  computer_put_attribute (self, directory, "idProduct", pid);
}

/* Below /sys/bus, where a USB device is whether it has a driver or not; @number: of this plugging in */
void
computer_put_bus_device (Computer *self, const char *directory, const char *number)
{
  g_autofree char *devices = g_build_filename (self->sys, "bus", "usb", "devices", NULL);
  g_autofree char *name = g_path_get_basename (directory);
  g_autofree char *link = g_build_filename (devices, name, NULL);
  g_autofree char *target = g_build_filename (self->sys, directory, NULL);

  computer_put_attribute (self, directory, "busnum", "3\n");
  computer_put_attribute (self, directory, "devnum", number);
  g_assert_cmpint (g_mkdir_with_parents (devices, 0755), ==, 0);
  g_unlink (link);
  g_assert_cmpint (symlink (target, link), ==, 0);
}

/* @parent: what the tty's "device" link names, below the root */
void
computer_put_tty (Computer *self, const char *tty, const char *parent)
{
  g_autofree char *directory = g_build_filename (self->sys, parent, "tty", tty, NULL);
  g_autofree char *target = g_build_filename (self->sys, parent, NULL);
  g_autofree char *device = g_build_filename (directory, "device", NULL);
  g_autofree char *link = g_build_filename (self->sys, "class", "tty", tty, NULL);

  g_assert_cmpint (g_mkdir_with_parents (directory, 0755), ==, 0);
  g_unlink (device); /* of an earlier plugging in */
  g_assert_cmpint (symlink (target, device), ==, 0);
  g_assert_cmpint (symlink (directory, link), ==, 0);
}

void
computer_remove_tty (Computer *self, const char *tty)
{
  g_autofree char *link = g_build_filename (self->sys, "class", "tty", tty, NULL);

  g_assert_cmpint (g_unlink (link), ==, 0);
}

void
computer_put_echokit (Computer *self, const char *tty)
{
  computer_put_usb (self, COMPUTER_BUS "/1-2", "303a\n", "1001\n");
  computer_put_attribute (self, COMPUTER_BUS "/1-2", "manufacturer", "Espressif\n");
  computer_put_attribute (self, COMPUTER_BUS "/1-2", "product", "USB JTAG/serial debug unit\n");
  computer_put_attribute (self, COMPUTER_BUS "/1-2", "serial", "98:A3:16:E5:D8:4A\n");
  computer_put_tty (self, tty, COMPUTER_BUS "/1-2/1-2:1.0");
}

/* usb-serial drivers put a directory with the tty's name in between. */
void
computer_put_ch340 (Computer *self, const char *tty)
{
  g_autofree char *parent = g_strconcat (COMPUTER_BUS "/1-3/1-3:1.0/", tty, NULL);

  computer_put_usb (self, COMPUTER_BUS "/1-3", "1a86\n", "7523\n");
  computer_put_attribute (self, COMPUTER_BUS "/1-3", "product", "USB Serial\n");
  computer_put_tty (self, tty, parent);
}

/* The node, which a regular file plays well enough for opening and locking. */
void
computer_put_node (Computer *self, const char *tty)
{
  g_autofree char *node = g_build_filename (self->dev, tty, NULL);

  g_assert_true (g_file_set_contents_full (node, "", 0, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

void
computer_remove_node (Computer *self, const char *tty)
{
  g_autofree char *node = g_build_filename (self->dev, tty, NULL);

  g_assert_cmpint (g_unlink (node), ==, 0);
}

/* @cmdline: words separated by blanks; @tty: (nullable): what the process has open */
void
computer_put_process (Computer *self,
                      int pid,
                      const char *comm,
                      const char *cmdline,
                      const char *tty)
{
  g_autofree char *number = g_strdup_printf ("%d", pid);
  g_autofree char *directory = g_build_filename (self->proc, number, "fd", NULL);
  g_autofree char *comm_file = g_build_filename (self->proc, number, "comm", NULL);
  g_autofree char *cmdline_file = g_build_filename (self->proc, number, "cmdline", NULL);
  g_autofree char *words = g_strdup (cmdline);
  gsize size = strlen (cmdline) + 1;

  g_assert_cmpint (g_mkdir_with_parents (directory, 0755), ==, 0);
  g_assert_true (g_file_set_contents (comm_file, comm, -1, NULL));
  g_strdelimit (words, " ", '\0');
  g_assert_true (g_file_set_contents (cmdline_file, words, (gssize) size, NULL));
  if (tty != NULL)
    {
      g_autofree char *link = g_build_filename (directory, "5", NULL);
      g_autofree char *target = g_build_filename (self->dev, tty, NULL);

      g_assert_cmpint (symlink (target, link), ==, 0);
    }
}

void
computer_remove_process (Computer *self, int pid)
{
  g_autofree char *number = g_strdup_printf ("%d", pid);
  g_autofree char *directory = g_build_filename (self->proc, number, NULL);

  g_assert_cmpint (nftw (directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS), ==, 0);
}

void
computer_plug_echokit (Computer *self, const char *tty)
{
  computer_put_echokit (self, tty);
  computer_put_node (self, tty);
}

void
computer_unplug (Computer *self, const char *tty)
{
  computer_remove_tty (self, tty);
  computer_remove_node (self, tty);
}
