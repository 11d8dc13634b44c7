//! Arrow schemas of observations: the columns of the lake, one table a kind.
