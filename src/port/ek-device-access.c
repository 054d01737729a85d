/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distributions name the group differently, sandboxes can't see it, and on image-based systems it
 * can't be joined: then a udev rule helps. */
#define G_LOG_DOMAIN "ek-port"
#include "config.h"

#include "ek-device-access.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define RULE_NAME "70-echokit-flasher.rules"

/* Where udev looks for rules; /etc first (udev(7)). */
static const char *const rule_folders[] = { "etc/udev/rules.d", "run/udev/rules.d",
                                            "usr/local/lib/udev/rules.d", "usr/lib/udev/rules.d",
                                            "lib/udev/rules.d" };

/* Systems whose serial ports belong to another group than "dialout". Source: their own udev rules. */
static const struct
{
  const char *id; /* in ID or ID_LIKE of os-release(5) */
  const char *group;
} other_groups[] = {
  { "arch", "uucp" },
  { "gentoo", "uucp" },
  { "slackware", "uucp" },
};

static gboolean
exists (const char *root, const char *name)
{
  g_autofree char *path = g_build_filename (root, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Value of a line such as ID_LIKE="arch linux", as separate words. */
static char **
read_os_release (const char *root, const char *name)
{
  const char *file =
      exists (root, "run/host/os-release") ? "run/host/os-release" : "etc/os-release";
  g_autofree char *path = g_build_filename (root, file, NULL);
  g_autofree char *prefix = g_strconcat (name, "=", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return g_new0 (char *, 1);

  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], prefix))
      return g_strsplit_set (lines[i] + strlen (prefix), "\"' ", -1);

  return g_new0 (char *, 1);
}

/* Where the system is an image, its groups are in a place that usermod doesn't know. A sandbox has
 * no /run/ostree-booted, but os-release names the image's version. */
static gboolean
is_image (const char *root)
{
  g_auto (GStrv) version = read_os_release (root, "OSTREE_VERSION");

  return version[0] != NULL || exists (root, "run/ostree-booted");
}

static const char *
guess_group (const char *root)
{
  g_auto (GStrv) id = read_os_release (root, "ID");
  g_auto (GStrv) like = read_os_release (root, "ID_LIKE");

  for (guint i = 0; i < G_N_ELEMENTS (other_groups); i++)
    if (g_strv_contains ((const char *const *) id, other_groups[i].id) ||
        g_strv_contains ((const char *const *) like, other_groups[i].id))
      return other_groups[i].group;

  return "dialout";
}

/* "dialout:x:20:anna,ben". @members: (out): the last field */
static char *
read_group (const char *root, gid_t gid, char **members)
{
  g_autofree char *path = g_build_filename (root, "etc", "group", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  *members = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;

  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], ":", 4);

      if (g_strv_length (fields) == 4 && g_ascii_strtoull (fields[2], NULL, 10) == gid)
        {
          *members = g_strdup (fields[3]);
          return g_strdup (fields[0]);
        }
    }

  return NULL;
}

static gboolean
is_member (const char *members, const char *user)
{
  g_auto (GStrv) names = g_strsplit (members != NULL ? members : "", ",", -1);

  return g_strv_contains ((const char *const *) names, user);
}

static void
find_group (EkDeviceAccess *self, const char *path, const char *root)
{
  g_autofree char *members = NULL;
  struct stat status;

  /* Inside of a sandbox all groups but one's own look like "nobody" (systemd#16307). */
  if (exists (root, ".flatpak-info"))
    {
      self->group = g_strdup (guess_group (root));
      return;
    }
  if (stat (path, &status) != 0 || (status.st_mode & S_IRWXG & ~S_IXGRP) != (S_IRGRP | S_IWGRP) ||
      status.st_gid == 0)
    return;

  self->group = read_group (root, status.st_gid, &members);
  self->joined = self->group != NULL && is_member (members, g_get_user_name ());
}

static gboolean
find_rule (const char *root)
{
  for (guint i = 0; i < G_N_ELEMENTS (rule_folders); i++)
    {
      g_autofree char *name = g_build_filename (rule_folders[i], RULE_NAME, NULL);

      if (exists (root, name))
        return TRUE;
    }

  return FALSE;
}

/**
 * ek_device_access_new:
 * @path: the device's node
 * @vid: its USB vendor id
 * @root: (nullable): the folder that has etc and run; %NULL for /
 *
 * Finds out what would help a user who may not use @path.
 *
 * Source: facts/desktop.md 4.2, 4.3.
 *
 * Returns: (transfer full)
 */
EkDeviceAccess *
ek_device_access_new (const char *path, guint16 vid, const char *root)
{
  EkDeviceAccess *self = g_new0 (EkDeviceAccess, 1);
  g_autofree char *quoted = g_shell_quote (path);
  const char *user = g_get_user_name ();

  root = root != NULL ? root : "/";
  find_group (self, path, root);
  self->rule_installed = find_rule (root);
  if (self->group != NULL && !is_image (root))
    self->group_command = g_strdup_printf ("sudo usermod -aG %s %s", self->group, user);
  self->rule_command =
      g_strdup_printf ("echo 'SUBSYSTEM==\"tty\", ATTRS{idVendor}==\"%04x\", TAG+=\"uaccess\", "
                       "ENV{ID_MM_DEVICE_IGNORE}=\"1\"' | sudo tee -a /etc/udev/rules.d/" RULE_NAME
                       " && sudo udevadm control --reload && sudo udevadm trigger",
                       vid);
  self->once_command = g_strdup_printf ("sudo chmod a+rw %s", quoted);

  return self;
}

void
ek_device_access_free (EkDeviceAccess *self)
{
  g_free (self->group);
  g_free (self->group_command);
  g_free (self->rule_command);
  g_free (self->once_command);
  g_free (self);
}

/**
 * ek_device_access_get_command:
 *
 * Returns: (transfer none) (nullable): the command that helps for good on this system; %NULL if
 *   everything is in place, and the user has to log in anew or to plug the device in again
 */
const char *
ek_device_access_get_command (const EkDeviceAccess *self)
{
  if (self->joined || self->rule_installed)
    return NULL;

  return self->group_command != NULL ? self->group_command : self->rule_command;
}

/**
 * ek_device_access_explain:
 *
 * Returns: (transfer full): one technical line for an error's details
 */
char *
ek_device_access_explain (const EkDeviceAccess *self)
{
  const char *command = ek_device_access_get_command (self);

  if (self->joined)
    return g_strdup_printf ("the account is in the group %s, but has to log in anew", self->group);
  if (self->rule_installed)
    return g_strdup ("the udev rule is installed; the device has to be plugged in again");
  if (command == self->group_command)
    return g_strdup_printf ("it is for the group %s; run “%s”, log out and log in again",
                            self->group, command);

  return g_strdup_printf ("run “%s” and plug the device in again", command);
}
