//! The panels: plain values that draw themselves; they compute nothing of the cluster and send acts.

pub(crate) mod bar;
pub(crate) mod caption;
pub(crate) mod charts;
pub(crate) mod config;
pub(crate) mod console;
pub(crate) mod controller;
pub(crate) mod dock;
pub(crate) mod facts;
pub(crate) mod faults;
pub(crate) mod forms;
pub(crate) mod group_card;
pub(crate) mod help;
pub(crate) mod in_out;
pub(crate) mod metrics;
pub(crate) mod partition;
pub(crate) mod producer_card;
pub(crate) mod rail;
pub(crate) mod reading;
pub(crate) mod selection;
pub(crate) mod timeline;
pub(crate) mod what_if;
