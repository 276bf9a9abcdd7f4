"""A folder of JSON files, each an answer that `az rest` gave, read as if Azure had just been asked."""
