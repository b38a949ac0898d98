//! Other simulators: the conventions and files of Hypatia and NetSatBench, in and out.
//! It turns text into values and values into text: it opens no file, and knows nothing of our own ground segment or
//! service.
