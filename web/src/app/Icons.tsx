/** The product's mark: a watch tower's beam over a floor. */
export function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M2 17h16" stroke="currentColor" strokeWidth="2" />
      <path d="M10 3v10" stroke="currentColor" strokeWidth="2" />
      <path d="M10 4 18 9v3z" fill="currentColor" />
      <path d="M10 4 2 9v3z" fill="currentColor" opacity="0.5" />
    </svg>
  );
}
