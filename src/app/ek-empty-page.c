/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All of it is in the template. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-empty-page.h"

#include "ek-heading.h"
#include "ek-picture.h"

struct _EkEmptyPage
{
  AdwBin parent_instance;
};

G_DEFINE_FINAL_TYPE (EkEmptyPage, ek_empty_page, ADW_TYPE_BIN)

static void
ek_empty_page_class_init (EkEmptyPageClass *klass)
{
  g_type_ensure (EK_TYPE_HEADING);
  g_type_ensure (EK_TYPE_PICTURE);
  gtk_widget_class_set_template_from_resource (GTK_WIDGET_CLASS (klass),
                                               "/dev/echokit/Flasher/ui/ek-empty-page.ui");
}

static void
ek_empty_page_init (EkEmptyPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
