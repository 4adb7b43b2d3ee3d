//! Links and connections.
