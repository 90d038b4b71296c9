//! The software CPU against the host's CPU, and against a written table of cases from the manuals.
