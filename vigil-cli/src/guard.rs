//! Having clients ask Vigil before they run a command, by hooks in settings of their own. What is
//! written and how it is taken out again is `route`'s affair; here stands what each client reads.

pub(crate) mod clients;
pub(crate) mod journal;
