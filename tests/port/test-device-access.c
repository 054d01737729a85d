/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What would help a user without permission, on systems that the test makes up. */
#include "config.h"

#include "computer.h"
#include "ek-device-access.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Debian's number for it; any would do. */
#define DIALOUT 20

static void
put_file (Computer *computer, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (computer->root, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* FALSE where the test may not give files away. */
static gboolean
put_device (Computer *computer, gid_t group, mode_t mode)
{
  g_autofree char *node = NULL;

  computer_init (computer);
  computer_put_node (computer, "ttyACM0");
  node = g_build_filename (computer->dev, "ttyACM0", NULL);
  if (chown (node, (uid_t) -1, group) != 0)
    {
      g_test_skip ("only the superuser may give a file to another group");
      return FALSE;
    }
  g_assert_cmpint (chmod (node, mode), ==, 0);
  return TRUE;
}

static EkDeviceAccess *
ask (Computer *computer)
{
  g_autofree char *node = g_build_filename (computer->dev, "ttyACM0", NULL);

  return ek_device_access_new (node, 0x303a, computer->root);
}

static void
test_offers_the_group_of_the_node (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (EkDeviceAccess) access = NULL;
  g_autofree char *expected = g_strdup_printf ("sudo usermod -aG dialout %s", g_get_user_name ());
  g_autofree char *words = NULL;

  if (!put_device (&computer, DIALOUT, 0660))
    return;
  put_file (&computer, "etc/group", "root:x:0:\nbroken\ndialout:x:20:someone,else\n");
  access = ask (&computer);
  g_assert_cmpstr (access->group, ==, "dialout");
  g_assert_cmpstr (ek_device_access_get_command (access), ==, expected);
  words = ek_device_access_explain (access);
  g_assert_nonnull (strstr (words, expected));
  g_assert_nonnull (strstr (words, "log in again"));
}

static void
test_tells_a_member_to_log_in_anew (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (EkDeviceAccess) access = NULL;
  g_autofree char *group = g_strdup_printf ("uucp:x:20:someone,%s\n", g_get_user_name ());
  g_autofree char *words = NULL;

  if (!put_device (&computer, DIALOUT, 0660))
    return;
  put_file (&computer, "etc/group", group);
  access = ask (&computer);
  g_assert_true (access->joined);
  g_assert_null (ek_device_access_get_command (access));
  words = ek_device_access_explain (access);
  g_assert_nonnull (strstr (words, "log in"));
}

static void
assert_offers_a_rule (Computer *computer)
{
  g_autoptr (EkDeviceAccess) access = ask (computer);
  const char *command = ek_device_access_get_command (access);

  g_assert_nonnull (strstr (command, "/etc/udev/rules.d/70-echokit-flasher.rules"));
  g_assert_nonnull (strstr (command, "ATTRS{idVendor}==\"303a\""));
  g_assert_nonnull (strstr (command, "uaccess"));
}

static void
test_offers_a_rule_where_no_group_helps (void)
{
  g_auto (Computer) for_root = { 0 };
  g_auto (Computer) for_owner = { 0 };
  g_auto (Computer) image = { 0 };

  if (!put_device (&for_root, 0, 0660))
    return;
  put_file (&for_root, "etc/group", "root:x:0:\n");
  assert_offers_a_rule (&for_root);

  put_device (&for_owner, DIALOUT, 0600);
  put_file (&for_owner, "etc/group", "dialout:x:20:\n");
  assert_offers_a_rule (&for_owner);

  put_device (&image, DIALOUT, 0660);
  put_file (&image, "etc/group", "dialout:x:20:\n");
  put_file (&image, "run/ostree-booted", "");
  assert_offers_a_rule (&image);
}

static void
test_sees_an_installed_rule (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (EkDeviceAccess) access = NULL;
  g_autofree char *words = NULL;

  computer_init (&computer);
  computer_put_node (&computer, "ttyACM0");
  put_file (&computer, "usr/lib/udev/rules.d/70-echokit-flasher.rules", "#\n");
  access = ask (&computer);
  g_assert_null (ek_device_access_get_command (access));
  words = ek_device_access_explain (access);
  g_assert_nonnull (strstr (words, "plugged in again"));
}

/* In a sandbox the group has no name; the system's own name tells which one it must be. */
static void
test_guesses_the_group_in_a_sandbox (void)
{
  static const struct
  {
    const char *os_release;
    const char *group;
  } rows[] = {
    { "NAME=Debian\nID=debian\n", "dialout" },
    { "ID=arch\n", "uucp" },
    { "ID=manjaro\nID_LIKE=\"arch\"\n", "uucp" },
    { "ID=\"endeavouros\"\nID_LIKE='something arch'\n", "uucp" },
    { "ID=archaic\n", "dialout" },
    { "", "dialout" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Computer) computer = { 0 };
      g_autoptr (EkDeviceAccess) access = NULL;

      computer_init (&computer);
      computer_put_node (&computer, "ttyACM0");
      put_file (&computer, ".flatpak-info", "");
      put_file (&computer, "etc/os-release", "ID=org.gnome.platform\n");
      put_file (&computer, "run/host/os-release", rows[i].os_release);
      access = ask (&computer);
      g_assert_cmpstr (access->group, ==, rows[i].group);
    }
}

/* Fedora Silverblue, seen from inside of a sandbox: usermod would say that there is no such group. */
static void
test_offers_a_rule_in_a_sandbox_on_an_image (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (EkDeviceAccess) access = NULL;

  computer_init (&computer);
  computer_put_node (&computer, "ttyACM0");
  put_file (&computer, ".flatpak-info", "");
  put_file (&computer, "run/host/os-release",
            "ID=fedora\nVARIANT_ID=silverblue\nOSTREE_VERSION='43.20261101.0'\n");
  access = ask (&computer);
  g_assert_null (access->group_command);
  g_assert_cmpstr (ek_device_access_get_command (access), ==, access->rule_command);
}

static void
test_helps_at_once (void)
{
  g_auto (Computer) computer = { 0 };
  g_autoptr (EkDeviceAccess) access = NULL;

  computer_init (&computer);
  access = ek_device_access_new ("/dev/tty'ACM0", 0x303a, computer.root);
  g_assert_cmpstr (access->once_command, ==, "sudo chmod a+rw '/dev/tty'\\''ACM0'");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device-access/offers-the-group-of-the-node",
                   test_offers_the_group_of_the_node);
  g_test_add_func ("/device-access/tells-a-member-to-log-in-anew",
                   test_tells_a_member_to_log_in_anew);
  g_test_add_func ("/device-access/offers-a-rule-where-no-group-helps",
                   test_offers_a_rule_where_no_group_helps);
  g_test_add_func ("/device-access/sees-an-installed-rule", test_sees_an_installed_rule);
  g_test_add_func ("/device-access/guesses-the-group-in-a-sandbox",
                   test_guesses_the_group_in_a_sandbox);
  g_test_add_func ("/device-access/offers-a-rule-in-a-sandbox-on-an-image",
                   test_offers_a_rule_in_a_sandbox_on_an_image);
  g_test_add_func ("/device-access/helps-at-once", test_helps_at_once);

  return g_test_run ();
}
