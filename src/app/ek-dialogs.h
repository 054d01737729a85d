/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dialogs whose classes change from one GTK to the next: questions, file choosers, About. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * EkQuestion:
 * @title: the question
 * @body: what each answer means
 * @no: label of the answer that changes nothing; Escape
 * @yes: label of the other
 * @destructive: whether @yes destroys something
 * @typed: (nullable): what has to be typed before @yes can be chosen
 */
typedef struct
{
  const char *title;
  const char *body;
  const char *no;
  const char *yes;
  gboolean destructive;
  const char *typed;
} EkQuestion;

typedef void (*EkAnswerFunc) (gboolean yes, gpointer user_data);
typedef void (*EkFileFunc) (GFile *file, gpointer user_data);

void ek_dialog_ask (GtkWindow *parent,
                    const EkQuestion *question,
                    EkAnswerFunc func,
                    gpointer user_data,
                    GDestroyNotify destroy);
void ek_dialog_open_file (GtkWindow *parent,
                          const char *title,
                          EkFileFunc func,
                          gpointer user_data,
                          GDestroyNotify destroy);
void ek_dialog_save_file (GtkWindow *parent,
                          const char *title,
                          const char *name,
                          EkFileFunc func,
                          gpointer user_data,
                          GDestroyNotify destroy);
void ek_dialog_save_text (GtkWindow *parent, const char *title, const char *name, const char *text);
void ek_dialog_about (GtkWindow *parent);

G_END_DECLS
