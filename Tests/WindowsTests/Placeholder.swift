import Windows
