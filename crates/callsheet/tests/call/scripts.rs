//! Short stories, each with one point.
