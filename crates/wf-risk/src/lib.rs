// SEE NOTE_FROM_LEAD.txt in this folder.
//! Plant model, consequence and rank
