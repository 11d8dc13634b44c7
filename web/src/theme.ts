import { createTheme, localStorageColorSchemeManager, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** Interaction colour: a slate that stays clear of the four alarm colours. */
const slate: MantineColorsTuple = [
  '#eef2f5', '#dbe3ea', '#b9c9d6', '#94aec2', '#7797b1', '#6489a6', '#5981a1', '#486f8e', '#3b617d', '#274b68',
];

export const theme = createTheme({
  primaryColor: 'slate',
  primaryShade: { light: 9, dark: 3 },
  colors: { slate },
  fontFamily: "'IBM Plex Sans', system-ui, 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "'IBM Plex Mono', ui-monospace, monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '18px' },
  defaultRadius: 3,
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs', variant: 'default' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    TagsInput: { defaultProps: { size: 'xs' } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs', checkIconPosition: 'right' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs' } },
    Modal: { defaultProps: { centered: true, transitionProps: { duration: 0 }, // Its header lies outside the page's sections and would count as a second banner.
        attributes: { header: { role: 'presentation' } }, overlayProps: { backgroundOpacity: 0.45 } } },
    Tooltip: { defaultProps: { openDelay: 300, transitionProps: { duration: 0 }, events: { hover: true, focus: true, touch: true } } },
  },
});

const shared = {
  '--mantine-color-body': 'var(--wf-panel)',
  '--mantine-color-text': 'var(--wf-text)',
  '--mantine-color-dimmed': 'var(--wf-muted)',
  '--mantine-color-placeholder': 'var(--wf-muted)',
  '--mantine-color-anchor': 'var(--wf-accent)',
  '--mantine-color-default': 'var(--wf-raised)',
  '--mantine-color-default-hover': 'var(--wf-hover)',
  '--mantine-color-default-color': 'var(--wf-text)',
  '--mantine-color-default-border': 'var(--wf-line-strong)',
  '--mantine-color-error': 'var(--wf-danger)',
  '--mantine-color-disabled': 'var(--wf-hover)',
  '--mantine-color-disabled-color': 'var(--wf-muted)',
  '--mantine-color-disabled-border': 'var(--wf-line)',
};

/** Lets every Mantine component follow the tokens in `styles/tokens.css`. */
export const variables: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark: shared });

export const schemeManager = localStorageColorSchemeManager({ key: 'watchfloor-theme' });
