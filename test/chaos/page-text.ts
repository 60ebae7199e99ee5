/** The part of docs/crash-matrix.md that is the same for every run. */
export const pageText = `# Crash matrix
`;
