/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What to tell an owner about each error: one row a code, in words for hands and eyes. What helps
 * is from the makers' troubleshooting pages and the reports of other flashers' users. */
#define G_LOG_DOMAIN "ek-base"
#include "config.h"

#include "ek-advice.h"

#include <glib/gi18n.h>

/* Steps that help with more than one thing.
 * Translators: SLAVE, OTG, TTL, K0 and RST are printed on the devices. */
#define RIGHT_SOCKET \
  N_ ("Use the right socket: SLAVE on the back of EchoKit Box, OTG on EchoKit DIY.")
#define OTHER_CABLE    N_ ("Try another cable. It must carry data: many charging cables don't.")
#define NO_HUB         N_ ("Plug the cable straight into the computer, without a hub or a dock.")
#define OTHER_USB      N_ ("Plug the cable into another USB socket of the computer.")
#define SHORT_CABLE    N_ ("Use a short cable, plugged straight into the computer, without a hub.")
#define REPLUG         N_ ("Unplug the cable, wait five seconds, and plug it in again.")
#define UPDATE_MODE    N_ ("Hold K0, tap RST, then let go of K0. The screen may stay dark.")
#define TAP_RST        N_ ("Let go of all buttons and tap RST once.")
#define TRY_AGAIN      N_ ("Try again.")
#define INSTALL_AGAIN  N_ ("Install the firmware again.")
#define DOWNLOAD_ANEW  N_ ("Download the firmware again, from the place it came from.")
#define FOR_ECHOKIT    N_ ("Choose firmware that is made for EchoKit Box or EchoKit DIY.")
#define SAVE_REPORT    N_ ("If it happens again, send a report to whoever makes this app.")
#define CHECK_INTERNET N_ ("Look whether this computer is on the internet: open any web page.")
#define ASK_MAKER      N_ ("Ask whoever made or sold the device.")

/* One row a code reads best laid out by hand. */
/* clang-format off */
static const EkAdvice advices[EK_N_ERRORS] = {
  [EK_ERROR_INTERNAL] = {
    N_ ("Something went wrong inside this app"),
    N_ ("It is a fault of the app, not of your EchoKit."),
    { N_ ("Close the app, open it and try again."), REPLUG, SAVE_REPORT },
  },
  [EK_ERROR_CANCELLED] = {
    N_ ("Stopped before it was finished"),
    N_ ("If the update had begun, your EchoKit does not start until it is finished."),
    { N_ ("Start the update again when you like: it can be finished at any time.") },
  },
  [EK_ERROR_INVALID_ARGUMENT] = {
    N_ ("It can't be done the way it was asked"),
    N_ ("One of the options or addresses is not known, or does not fit the others."),
    { N_ ("Look for the option in the details below, change it and try again.") },
  },
  [EK_ERROR_NO_DEVICE] = {
    N_ ("Plug in your EchoKit"),
    N_ ("No EchoKit can be seen on this computer."),
    { RIGHT_SOCKET, OTHER_CABLE, NO_HUB, UPDATE_MODE },
  },
  [EK_ERROR_SEVERAL_DEVICES] = {
    N_ ("More than one device is plugged in"),
    N_ ("The app does not guess which of them you mean."),
    { N_ ("Choose the device."), N_ ("Or unplug the others and try again.") },
  },
  [EK_ERROR_PORT_NOT_FOUND] = {
    N_ ("The device isn't there"),
    N_ ("It was unplugged, or it is known by another name now."),
    { N_ ("Plug the cable in at both ends."), RIGHT_SOCKET, OTHER_CABLE,
      N_ ("Choose the device from the list again.") },
  },
  [EK_ERROR_PORT_NO_PERMISSION] = {
    N_ ("This computer doesn't let the app use the device yet"),
    N_ ("On Linux an account needs permission before its programs may use such a device."),
    { N_ ("Give your account the permission: the details say how on this computer."),
      N_ ("Unplug the device and plug it in again."),
      N_ ("If you joined a group for it, log out and in again.") },
  },
  [EK_ERROR_PORT_BUSY] = {
    N_ ("Another program is using the device"),
    N_ ("Only one program at a time can talk to it."),
    { N_ ("Close other programs that talk to the device, such as Arduino IDE or a web page."),
      N_ ("If you have just plugged it in, wait half a minute: the computer may be looking at it."),
      TRY_AGAIN },
  },
  [EK_ERROR_PORT_NO_DRIVER] = {
    N_ ("The computer sees the device, but can't talk to it yet"),
    N_ ("The part of the system that talks to such devices, its driver, isn't there or doesn't have it."),
    { REPLUG,
      N_ ("Restart the computer: after an update of the system, drivers are often missing until then."),
      N_ ("If the device has another socket, try that one."),
      N_ ("If that doesn't help, the driver has to be loaded: the details say how.") },
  },
  [EK_ERROR_PORT_NOT_SERIAL] = {
    N_ ("This is not a device that can be updated"),
    N_ ("What was chosen is something else on this computer."),
    { N_ ("Choose your EchoKit from the list of devices."), RIGHT_SOCKET },
  },
  [EK_ERROR_LINK_LOST] = {
    N_ ("The connection to your EchoKit was lost"),
    N_ ("The cable came loose, or the device switched itself off and on."),
    { N_ ("Press the cable firmly into both sockets."), OTHER_CABLE, NO_HUB, OTHER_USB,
      UPDATE_MODE },
  },
  [EK_ERROR_TIMEOUT] = {
    N_ ("Your EchoKit stopped answering"),
    N_ ("It fell silent in the middle of the work. That is often the cable or a hub."),
    { REPLUG, OTHER_CABLE, NO_HUB, UPDATE_MODE },
  },
  [EK_ERROR_NO_ANSWER] = {
    N_ ("Your EchoKit doesn't answer"),
    N_ ("The computer sees the cable, but nothing comes from the device."),
    { RIGHT_SOCKET, OTHER_CABLE, UPDATE_MODE,
      N_ ("On EchoKit DIY, if that fails, try the socket marked TTL.") },
  },
  [EK_ERROR_WRONG_BOOT_MODE] = {
    N_ ("The device didn't switch to update mode"),
    N_ ("It is on and can be heard, but it started as usual."),
    { N_ ("Hold K0 down."), N_ ("Tap RST while you hold it."),
      N_ ("Let go of K0. The screen may stay dark: that is right."), TRY_AGAIN },
  },
  [EK_ERROR_NOISE] = {
    N_ ("What comes from the device can't be understood"),
    N_ ("The data is garbled on its way, or another program writes to the device too."),
    { N_ ("Close other programs that talk to the device."), SHORT_CABLE, REPLUG, UPDATE_MODE },
  },
  [EK_ERROR_NO_SYNC] = {
    N_ ("Your EchoKit can be heard, but it doesn't hear the computer"),
    N_ ("It is in update mode, but nothing that is sent reaches it."),
    { OTHER_CABLE, RIGHT_SOCKET, REPLUG, UPDATE_MODE },
  },
  [EK_ERROR_CHIP_REFUSED] = {
    N_ ("The device refused a step"),
    N_ ("It answered, but would not do what was asked. A fresh start often helps."),
    { REPLUG, UPDATE_MODE, TRY_AGAIN, SAVE_REPORT },
  },
  [EK_ERROR_CHIP_UNKNOWN] = {
    N_ ("This device is not known"),
    N_ ("It answers, but it is none of the kinds that this app can update."),
    { N_ ("Look whether the right device is plugged in."),
      N_ ("See whether there is a newer version of this app.") },
  },
  [EK_ERROR_CHIP_LOCKED] = {
    N_ ("This device is locked by its maker"),
    N_ ("Writing to it could make it useless for good, so the app leaves it alone."),
    { N_ ("Look whether the right device is plugged in: an EchoKit is not locked."), ASK_MAKER },
  },
  [EK_ERROR_WRONG_CHIP] = {
    N_ ("This is not the device that was expected"),
    N_ ("It has another kind of chip than the one asked for."),
    { N_ ("Look whether the right device is plugged in."),
      N_ ("If several are, choose another one from the list.") },
  },
  [EK_ERROR_FLASH_NOT_FOUND] = {
    N_ ("The device's memory does not answer"),
    N_ ("The chip works, but the memory beside it can't be reached. It may lack power."),
    { REPLUG, SHORT_CABLE, UPDATE_MODE,
      N_ ("If it stays like this, the device may be broken: ask whoever sold it.") },
  },
  [EK_ERROR_STUB_FAILED] = {
    N_ ("The device could not be made ready for the update"),
    N_ ("A small program that speeds the update up did not start on the device."),
    { REPLUG, UPDATE_MODE, TRY_AGAIN },
  },
  [EK_ERROR_WRITE_FAILED] = {
    N_ ("The device could not store the firmware"),
    N_ ("Its memory reported a fault while it was being written. It may lack power."),
    { SHORT_CABLE, OTHER_USB, TRY_AGAIN,
      N_ ("If it fails at the same place each time, the memory may be worn out.") },
  },
  [EK_ERROR_WRITE_PROTECTED] = {
    N_ ("The device's memory doesn't accept the data"),
    N_ ("Everything was sent, but the memory still holds what it held before."),
    { REPLUG, TRY_AGAIN,
      N_ ("If it stays like this, the memory may be broken: ask whoever sold the device.") },
  },
  [EK_ERROR_VERIFY_FAILED] = {
    N_ ("What was stored is not what was sent"),
    N_ ("The check at the end found a difference, so the update does not count as done."),
    { SHORT_CABLE, INSTALL_AGAIN,
      N_ ("If it happens each time, the memory of the device may be worn out.") },
  },
  [EK_ERROR_POWER] = {
    N_ ("Your EchoKit doesn't get enough power"),
    N_ ("The voltage dropped and it switched itself off."),
    { SHORT_CABLE, OTHER_USB, N_ ("Unplug other things that draw power from the same computer."),
      TRY_AGAIN },
  },
  [EK_ERROR_FILE_NOT_FOUND] = {
    N_ ("The file isn't there"),
    N_ ("It was moved, renamed or deleted, or its name was typed differently."),
    { N_ ("Choose the file again.") },
  },
  [EK_ERROR_FILE_UNREADABLE] = {
    N_ ("The file can't be read"),
    N_ ("It is a folder or something else than a file, or it may not be opened by you."),
    { N_ ("Choose a firmware file."), N_ ("Or copy it to your own folder and choose the copy.") },
  },
  [EK_ERROR_FILE_TOO_LARGE] = {
    N_ ("The file is too large"),
    N_ ("It is larger than any EchoKit firmware can be."),
    { FOR_ECHOKIT },
  },
  [EK_ERROR_NOT_FIRMWARE] = {
    N_ ("This is not EchoKit firmware"),
    N_ ("The file is of some other kind."),
    { FOR_ECHOKIT,
      N_ ("If you downloaded it, open it in a text editor: it may be an error page.") },
  },
  [EK_ERROR_FIRMWARE_DAMAGED] = {
    N_ ("The firmware is damaged"),
    N_ ("A part of it is missing or changed, often because a download broke off."),
    { DOWNLOAD_ANEW, N_ ("Choose the new file and try again.") },
  },
  [EK_ERROR_FIRMWARE_WRONG_CHIP] = {
    N_ ("This firmware is for another chip"),
    N_ ("It could not run on the device that is plugged in."),
    { FOR_ECHOKIT, N_ ("Look whether the right device is plugged in.") },
  },
  [EK_ERROR_FIRMWARE_WRONG_REVISION] = {
    N_ ("This firmware is for a newer or older make of the chip"),
    N_ ("It says itself that it does not run on the one in your device."),
    { N_ ("Choose another version of the firmware."),
      N_ ("Ask the people who made the firmware which version fits.") },
  },
  [EK_ERROR_SEVERAL_CHIPS] = {
    N_ ("This firmware is for several kinds of device"),
    N_ ("The file doesn't say which of them it is meant for."),
    { N_ ("Plug in the device it is for, and try again."), N_ ("Or name the chip."), FOR_ECHOKIT },
  },
  [EK_ERROR_FIRMWARE_WRONG_BOARD] = {
    N_ ("This firmware is for another EchoKit"),
    N_ ("It would start, but screen and buttons would not work."),
    { N_ ("Choose EchoKit Box or EchoKit DIY, whichever you have."),
      N_ ("Choose the firmware that is listed for it.") },
  },
  [EK_ERROR_FIRMWARE_OVERLAP] = {
    N_ ("Two parts of the firmware want the same place"),
    N_ ("Storing one would destroy the other."),
    { N_ ("If you named the parts yourself, look at their addresses in the details."),
      DOWNLOAD_ANEW },
  },
  [EK_ERROR_FIRMWARE_TOO_BIG] = {
    N_ ("The firmware doesn't fit into the device"),
    N_ ("It needs more memory than this device has, or has set aside for it."),
    { FOR_ECHOKIT,
      N_ ("Choose the complete firmware: it arranges the memory of the device anew.") },
  },
  [EK_ERROR_PARTITION_TABLE] = {
    N_ ("It is not known where things are on the device"),
    N_ ("The list of what its memory holds is missing or broken."),
    { N_ ("Choose the complete firmware: it brings a new list."),
      N_ ("Install it as a fresh start. The Wi-Fi has to be set up again afterwards.") },
  },
  [EK_ERROR_NO_BOOTLOADER] = {
    N_ ("This file alone can't start your EchoKit"),
    N_ ("It holds only a part of the firmware, and the device lacks the rest."),
    { N_ ("Choose the complete firmware."), FOR_ECHOKIT },
  },
  [EK_ERROR_ARCHIVE_UNSAFE] = {
    N_ ("This file is not safe to open"),
    N_ ("It holds things that no firmware holds, so nothing in it was used."),
    { DOWNLOAD_ANEW, N_ ("If it is the same again, don't use it, and tell whoever gave it to you.") },
  },
  [EK_ERROR_SIGNATURE_WRONG] = {
    N_ ("This firmware was changed after its maker signed it"),
    N_ ("It may be damaged, or somebody put something else into it. Nothing in it was used."),
    { DOWNLOAD_ANEW, N_ ("If it is the same again, don't use it, and tell whoever gave it to you.") },
  },
  [EK_ERROR_SIGNATURE_MISSING] = {
    N_ ("Nobody you trust has signed this firmware"),
    N_ ("You asked for signed firmware only, so nothing in it was used."),
    { N_ ("Ask whoever gave it to you for a signed one, or for the key they sign with.") },
  },
  [EK_ERROR_DISK_FULL] = {
    N_ ("The disk of this computer is full"),
    N_ ("There is no room to save the file."),
    { N_ ("Delete something you don't need, or choose another disk."), TRY_AGAIN },
  },
  [EK_ERROR_FILE_WRITE] = {
    N_ ("The file can't be saved"),
    N_ ("The folder can't be written to, or its disk went away."),
    { N_ ("Choose another folder, such as your own."), TRY_AGAIN },
  },
  [EK_ERROR_CATALOG] = {
    N_ ("The firmware list can't be read"),
    N_ ("It is damaged, or it is not a firmware list."),
    { N_ ("Look at the address of the list."), TRY_AGAIN,
      N_ ("Tell whoever made the list: the details say what is wrong in it.") },
  },
  [EK_ERROR_CATALOG_ENTRY] = {
    N_ ("This entry of the firmware list is broken"),
    N_ ("The list doesn't say everything that is needed to install it."),
    { N_ ("Choose another firmware from the list."),
      N_ ("Tell whoever made the list: the details say what is wrong in it.") },
  },
  [EK_ERROR_OFFLINE] = {
    N_ ("No internet connection"),
    N_ ("The server with the firmware can't be reached from this computer."),
    { CHECK_INTERNET, TRY_AGAIN,
      N_ ("Firmware that was downloaded before can be installed without the internet.") },
  },
  [EK_ERROR_SERVER] = {
    N_ ("The server with the firmware has a problem"),
    N_ ("It can be reached, but it doesn't hand out the file just now."),
    { N_ ("Wait some minutes and try again."),
      N_ ("Firmware that was downloaded before can be installed meanwhile.") },
  },
  [EK_ERROR_NOT_ON_SERVER] = {
    N_ ("The firmware isn't there any more"),
    N_ ("The server can be reached, but it doesn't have this file."),
    { N_ ("Refresh the firmware list."), N_ ("Choose another firmware from the list."),
      N_ ("Tell whoever made the list.") },
  },
  [EK_ERROR_TLS] = {
    N_ ("The connection to the server is not safe"),
    N_ ("The server could not prove who it is, so nothing was downloaded."),
    { N_ ("Look whether date and time of this computer are right."),
      N_ ("In a hotel or a café, open any web page first: the network may want you to log in."),
      N_ ("Try it over another network.") },
  },
  [EK_ERROR_PROXY] = {
    N_ ("The way to the internet is blocked"),
    N_ ("This computer goes through a proxy, and the proxy doesn't let the app pass."),
    { N_ ("Look at the network settings of this computer, under “Proxy”."),
      N_ ("Ask whoever looks after your network."), TRY_AGAIN },
  },
  [EK_ERROR_DOWNLOAD_NO_FIRMWARE] = {
    N_ ("A web page came instead of the firmware"),
    N_ ("The network may want you to log in first, or the file was moved."),
    { N_ ("Open any web page in your browser and log in if you are asked to."), TRY_AGAIN },
  },
  [EK_ERROR_DOWNLOAD_DAMAGED] = {
    N_ ("The download was damaged"),
    N_ ("What arrived is not what the server promised. It was thrown away."),
    { TRY_AGAIN, N_ ("If it happens each time, try it over another network.") },
  },
  [EK_ERROR_SETTINGS_DAMAGED] = {
    N_ ("The settings on your EchoKit can't be read"),
    N_ ("They are damaged, or something else is stored where they should be."),
    { N_ ("Install the firmware as a fresh start. The Wi-Fi has to be set up again afterwards.") },
  },
  [EK_ERROR_SETTINGS_INVALID] = {
    N_ ("Your EchoKit can't use this setting"),
    N_ ("It would be too long or too short for it, or it is not an address."),
    { N_ ("The name of a Wi-Fi has 1 to 32 characters, its password 8 to 63."),
      N_ ("The address of a server starts with ws:// and has up to 127 characters.") },
  },
  [EK_ERROR_SETTINGS_FULL] = {
    N_ ("There is no room for the settings"),
    N_ ("The place for them on your EchoKit is too small for what is stored there."),
    { N_ ("Install the complete firmware: it makes more room for them."),
      N_ ("Or use a smaller picture.") },
  },
  [EK_ERROR_BOOT_FAILED] = {
    N_ ("Your EchoKit doesn't start the firmware"),
    N_ ("It looked at the firmware and found a part missing or broken."),
    { INSTALL_AGAIN,
      N_ ("If that doesn't help, install it as a fresh start. "
          "The Wi-Fi has to be set up again afterwards."),
      SAVE_REPORT },
  },
  [EK_ERROR_BOOT_LOOP] = {
    N_ ("The firmware keeps restarting"),
    N_ ("It starts, fails and starts over. Weak power or settings it can't read do that too."),
    { SHORT_CABLE, UPDATE_MODE,
      N_ ("Install the firmware as a fresh start. The Wi-Fi has to be set up again afterwards."),
      N_ ("If it goes on, install the version before this one.") },
  },
  [EK_ERROR_BOOT_CRASH] = {
    N_ ("The firmware started, but then it crashed"),
    N_ ("That is a fault of the firmware, or it meets something that it doesn't expect."),
    { REPLUG, INSTALL_AGAIN,
      N_ ("Install the version before this one."),
      N_ ("Send the device log to the people who made the firmware.") },
  },
  [EK_ERROR_BOOT_OTHER_VERSION] = {
    N_ ("Another version started than the one installed"),
    N_ ("The device still has an older firmware in a second place and starts that."),
    { INSTALL_AGAIN,
      N_ ("If that doesn't help, install it as a fresh start. "
          "The Wi-Fi has to be set up again afterwards.") },
  },
  [EK_ERROR_BOOT_STILL_DOWNLOAD] = {
    N_ ("Your EchoKit is still in update mode"),
    N_ ("The firmware is installed and checked, but the device waits to be restarted."),
    { TAP_RST, REPLUG },
  },
  [EK_ERROR_BOOT_WRONG_BOARD] = {
    N_ ("This device doesn't seem to be an EchoKit"),
    N_ ("It lacks the extra memory that every EchoKit has."),
    { N_ ("Look whether the right device is plugged in."),
      N_ ("If it is an EchoKit, unplug it for ten seconds and plug it in again."), ASK_MAKER },
  },
};
/* clang-format on */

/**
 * ek_advice_for_code:
 * @code: a code of the domain
 *
 * Returns: (transfer none): what to tell the owner; the row of %EK_ERROR_INTERNAL for a number that
 *   is no code
 */
const EkAdvice *
ek_advice_for_code (EkError code)
{
  if ((guint) code >= EK_N_ERRORS)
    code = EK_ERROR_INTERNAL;

  return &advices[code];
}

/**
 * ek_advice_for_error:
 * @error: an error of any domain; ek_error_convert() first gives better advice for those of GIO
 *
 * Returns: (transfer none): what to tell the owner; that of %EK_ERROR_INTERNAL for other domains
 */
const EkAdvice *
ek_advice_for_error (const GError *error)
{
  g_return_val_if_fail (error != NULL, &advices[EK_ERROR_INTERNAL]);

  return ek_advice_for_code (error->domain == EK_ERROR ? (EkError) error->code : EK_ERROR_INTERNAL);
}
