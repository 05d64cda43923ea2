/* Copyright The Lamella authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The rows, each filled by the file of its name. */
#pragma once

#include "cli/cli.h"

extern const LamCommand lam_command_info;
extern const LamCommand lam_command_convert;
extern const LamCommand lam_command_synthesize;
extern const LamCommand lam_command_project_create;
extern const LamCommand lam_command_project_info;
extern const LamCommand lam_command_project_locate;
extern const LamCommand lam_command_project_check;
extern const LamCommand lam_command_project_content_hash;
extern const LamCommand lam_command_class_list;
extern const LamCommand lam_command_class_set;
extern const LamCommand lam_command_labels_import;
extern const LamCommand lam_command_labels_export;
extern const LamCommand lam_command_labels_list;
extern const LamCommand lam_command_labels_set;
extern const LamCommand lam_command_paint;
extern const LamCommand lam_command_undo;
extern const LamCommand lam_command_redo;
extern const LamCommand lam_command_history;
extern const LamCommand lam_command_merge;
extern const LamCommand lam_command_restore;
extern const LamCommand lam_command_snapshot;
extern const LamCommand lam_command_objects;
extern const LamCommand lam_command_model_add;
extern const LamCommand lam_command_model_list;
extern const LamCommand lam_command_model_activate;
extern const LamCommand lam_command_model_map;
extern const LamCommand lam_command_model_export;
extern const LamCommand lam_command_model_remove;
extern const LamCommand lam_command_model_run;
extern const LamCommand lam_command_model_adapt;
extern const LamCommand lam_command_proposals_list;
extern const LamCommand lam_command_proposals_accept;
extern const LamCommand lam_command_proposals_reject;
extern const LamCommand lam_command_queue_list;
extern const LamCommand lam_command_queue_next;
extern const LamCommand lam_command_queue_verify;
extern const LamCommand lam_command_queue_unsure;
extern const LamCommand lam_command_queue_take;
extern const LamCommand lam_command_queue_verdicts;
extern const LamCommand lam_command_queue_note;
extern const LamCommand lam_command_network_info;
extern const LamCommand lam_command_network_check;
extern const LamCommand lam_command_network_convert;
extern const LamCommand lam_command_network_benchmark;
extern const LamCommand lam_command_score;
extern const LamCommand lam_command_notes_list;
extern const LamCommand lam_command_notes_add;
extern const LamCommand lam_command_notes_remove;
extern const LamCommand lam_command_notes_export;
extern const LamCommand lam_command_region_add;
extern const LamCommand lam_command_region_list;
extern const LamCommand lam_command_region_export_blind;
extern const LamCommand lam_command_region_import_annotator;
extern const LamCommand lam_command_region_agreement;
extern const LamCommand lam_command_region_remove_annotator;
extern const LamCommand lam_command_region_remove;
extern const LamCommand lam_command_region_set;
extern const LamCommand lam_command_export_training;
extern const LamCommand lam_command_check_training;
extern const LamCommand lam_command_predict;
extern const LamCommand lam_command_segment;
extern const LamCommand lam_command_train;
